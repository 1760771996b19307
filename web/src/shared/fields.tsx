// Labelled fields: label, hint, input and error tied together for every kind of reader.

import type { ComponentChildren } from "preact";

/** What every labelled field has. */
interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly required?: boolean;
  readonly hint?: string | null;
  readonly error?: string | undefined;
}

interface InputProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autoComplete?: string;
}

/** The attributes that tie an input to its hint and error. */
interface InputAttributes {
  readonly id: string;
  readonly "aria-required": boolean;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
}

function inputAttributes({ id, required = false, hint, error }: FieldProps): InputAttributes {
  const ids = [error === undefined ? "" : `${id}-error`, hint ? `${id}-hint` : ""].filter((id) => id !== "");
  return {
    id,
    "aria-required": required,
    "aria-invalid": error !== undefined,
    "aria-describedby": ids.length > 0 ? ids.join(" ") : undefined,
  };
}

function LabelledField({
  id,
  label,
  required = false,
  hint,
  error,
  children,
}: FieldProps & { children: ComponentChildren }) {
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
export function TextField(props: InputProps & { readonly inputMode?: "text" | "tel" | "numeric" | "email" }) {
  const { value, onInput, autoComplete = "off", inputMode = "text" } = props;
  return (
    <LabelledField {...props}>
      <input
        {...inputAttributes(props)}
        type="text"
        inputMode={inputMode}
        autoComplete={autoComplete}
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
    </LabelledField>
  );
}

/** Several lines of text. */
export function TextArea(props: InputProps) {
  return (
    <LabelledField {...props}>
      <textarea
        {...inputAttributes(props)}
        rows={4}
        value={props.value}
        onInput={(event) => {
          props.onInput(event.currentTarget.value);
        }}
      />
    </LabelledField>
  );
}

interface Choice {
  readonly code: string;
  readonly name: string;
}

/** One of a list; nothing is chosen for the reader. */
export function SelectField(props: InputProps & { readonly choices: readonly Choice[] }) {
  const { value, onInput, choices, autoComplete = "off" } = props;
  return (
    <LabelledField {...props}>
      <select
        {...inputAttributes(props)}
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
    </LabelledField>
  );
}
