// Labelled boxes: label, hint, box and error tied together for every kind of reader.

import type { ComponentChildren } from "preact";

/** What every labelled box has. */
interface Labelled {
  readonly id: string;
  readonly label: string;
  readonly required?: boolean;
  readonly hint?: string | null;
  readonly error?: string | undefined;
}

interface Boxed extends Labelled {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autoComplete?: string;
}

/** The attributes that tie a box to its hint and error. */
interface Described {
  readonly id: string;
  readonly "aria-required": boolean;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
}

function described({ id, required = false, hint, error }: Labelled): Described {
  const parts = [error === undefined ? "" : `${id}-error`, hint ? `${id}-hint` : ""].filter((part) => part !== "");
  return {
    id,
    "aria-required": required,
    "aria-invalid": error !== undefined,
    "aria-describedby": parts.length > 0 ? parts.join(" ") : undefined,
  };
}

function Shell({ id, label, required = false, hint, error, children }: Labelled & { children: ComponentChildren }) {
  return (
    <div class={error === undefined ? "field" : "field field-wrong"}>
      <label for={id}>
        {label}
        {required && (
          <span class="mark" aria-hidden="true">
            {" *"}
          </span>
        )}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          <span aria-hidden="true">⚠ </span>
          {error}
        </p>
      )}
    </div>
  );
}

/** A line of text. */
export function TextBox(props: Boxed & { readonly inputMode?: "text" | "tel" }) {
  const { value, onInput, autoComplete = "off", inputMode = "text" } = props;
  return (
    <Shell {...props}>
      <input
        {...described(props)}
        type="text"
        inputMode={inputMode}
        autoComplete={autoComplete}
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
    </Shell>
  );
}

/** Several lines of text. */
export function TextArea(props: Boxed) {
  return (
    <Shell {...props}>
      <textarea
        {...described(props)}
        rows={4}
        value={props.value}
        onInput={(event) => {
          props.onInput(event.currentTarget.value);
        }}
      />
    </Shell>
  );
}

interface Choice {
  readonly code: string;
  readonly name: string;
}

/** One of a list; nothing is chosen for the reader. */
export function SelectBox(props: Boxed & { readonly choices: readonly Choice[] }) {
  const { value, onInput, choices, autoComplete = "off" } = props;
  return (
    <Shell {...props}>
      <select
        {...described(props)}
        autoComplete={autoComplete}
        value={value}
        onChange={(event) => {
          onInput(event.currentTarget.value);
        }}
      >
        {value === "" && <option value="">Choose…</option>}
        {choices.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </Shell>
  );
}
