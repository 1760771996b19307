// What the gateway says of countries: which there are, and how each writes an address.

import { useCallback, useEffect, useState } from "preact/hooks";
import { AddressFormatDocument, CountriesDocument, type CountriesQuery } from "../generated/operations";
import { formFields, type FormField } from "./address";
import { executeOperation } from "./server";
import { describeFailure } from "./wording";

export type Countries = CountriesQuery["countries"];

/** What was loaded, or why not. */
type LoadResult<Value> = { readonly value: Value } | { readonly failureMessage: string };

/** How loading goes. A value already here stays while the next one is loaded, so that nothing jumps. */
export interface LoadState<Value> {
  readonly value: Value | null;
  readonly loading: boolean;
  readonly failureMessage: string | null;
  readonly retry: () => void;
}

function useLoad<Value>(load: () => Promise<LoadResult<Value>>): LoadState<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [loading, setLoading] = useState(true);
  const [failureMessage, setFailureMessage] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setLoading(true);
    setFailureMessage(null);
    void load().then((result) => {
      if (!isCurrent) return;
      setLoading(false);
      if ("value" in result) setValue(result.value);
      else setFailureMessage(result.failureMessage);
    });
    return () => {
      isCurrent = false;
    };
  }, [load, attempt]);
  return { value, loading, failureMessage, retry: () => { setAttempt(attempt + 1); } };
}

async function loadCountries(): Promise<LoadResult<Countries>> {
  const reply = await executeOperation(CountriesDocument, {});
  return reply.kind === "data" ? { value: reply.data.countries } : { failureMessage: describeFailure(reply) };
}

/** The countries things are sent to. */
export function useCountries(): LoadState<Countries> {
  return useLoad(loadCountries);
}

async function loadFormFields(country: string): Promise<LoadResult<readonly FormField[]>> {
  if (country === "") return { value: [] };
  const reply = await executeOperation(AddressFormatDocument, { country });
  if (reply.kind !== "data") return { failureMessage: describeFailure(reply) };
  const format = reply.data.addressFormat;
  return format === null ? { failureMessage: "We cannot send anything to this country." } : { value: formFields(format) };
}

/** The fields for one country's addresses; none while no country is chosen. */
export function useFormFields(country: string): LoadState<readonly FormField[]> {
  return useLoad(useCallback(() => loadFormFields(country), [country]));
}
