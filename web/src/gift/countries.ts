// What the gateway says of countries: which there are, and how each writes an address.

import { useCallback, useEffect, useState } from "preact/hooks";
import { AddressFormatDocument, CountriesDocument, type CountriesQuery } from "../generated/operations";
import { entries, type Entry } from "./address";
import { executeOperation } from "./server";
import { describeFailure } from "./wording";

export type Countries = CountriesQuery["countries"];

/** What came of a question: the thing, or why not. */
type Found<Thing> = { readonly thing: Thing } | { readonly message: string };

/** A question's state. A thing already here stays while the next one is asked for, so that nothing jumps. */
export interface Asked<Thing> {
  readonly thing: Thing | null;
  readonly waiting: boolean;
  readonly message: string | null;
  readonly retry: () => void;
}

function useAsked<Thing>(question: () => Promise<Found<Thing>>): Asked<Thing> {
  const [thing, setThing] = useState<Thing | null>(null);
  const [waiting, setWaiting] = useState(true);
  const [message, setMessage] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    setWaiting(true);
    setMessage(null);
    void question().then((found) => {
      if (!wanted) return;
      setWaiting(false);
      if ("thing" in found) setThing(found.thing);
      else setMessage(found.message);
    });
    return () => {
      wanted = false;
    };
  }, [question, attempt]);
  return { thing, waiting, message, retry: () => { setAttempt(attempt + 1); } };
}

async function countries(): Promise<Found<Countries>> {
  const reply = await executeOperation(CountriesDocument, {});
  return reply.kind === "data" ? { thing: reply.data.countries } : { message: describeFailure(reply) };
}

/** The countries gifts are sent to. */
export function useCountries(): Asked<Countries> {
  return useAsked(countries);
}

async function entriesFor(country: string): Promise<Found<readonly Entry[]>> {
  if (country === "") return { thing: [] };
  const reply = await executeOperation(AddressFormatDocument, { country });
  if (reply.kind !== "data") return { message: describeFailure(reply) };
  const format = reply.data.addressFormat;
  return format === null ? { message: "We cannot send gifts to this country." } : { thing: entries(format) };
}

/** The boxes for one country's addresses; none while no country is chosen. */
export function useEntries(country: string): Asked<readonly Entry[]> {
  return useAsked(useCallback(() => entriesFor(country), [country]));
}
