// What the variables editor takes for required. Its JSON Schema is made from the GraphQL schema by a library that
// demands every non-null field of an input, also one that has a default (June 2018 and later specifications, "Input
// Object Required Fields", demand only those without), and so underlines what is right.

import type { ExecutionResult } from "graphql";

interface InputField {
  readonly name: string;
  readonly defaultValue?: string | null;
}

interface InputType {
  readonly name: string;
  readonly inputFields?: readonly InputField[] | null;
}

interface Definition {
  readonly required?: readonly string[];
}

/** As much of a JSON Schema of variables as matters here. */
export interface VariablesSchema {
  readonly definitions?: Readonly<Record<string, Definition>> | undefined;
}

/** The fields with a default, by the name of their input type. */
export type FieldsWithDefault = ReadonlyMap<string, ReadonlySet<string>>;

/** The fields with a default that an introspection's `result` tells; null where it is no introspection. */
export function readFieldsWithDefault(result: ExecutionResult): FieldsWithDefault | null {
  const schema = result.data?.["__schema"] as { readonly types?: readonly InputType[] } | undefined;
  if (schema?.types === undefined) return null;
  return new Map(
    schema.types.map((type) => {
      const fields = (type.inputFields ?? []).filter((field) => typeof field.defaultValue === "string");
      return [type.name, new Set(fields.map((field) => field.name))];
    }),
  );
}

/** `schema` with no field required that has a default. */
export function relaxRequired<Schema extends VariablesSchema>(
  schema: Schema,
  fieldsWithDefault: FieldsWithDefault,
): Schema {
  if (schema.definitions === undefined) return schema;
  const definitions = Object.entries(schema.definitions).map(([name, definition]) => {
    const optionalFields = fieldsWithDefault.get(name);
    const required = definition.required?.filter((field) => optionalFields?.has(field) !== true);
    return [name, required === undefined ? definition : { ...definition, required }];
  });
  return { ...schema, definitions: Object.fromEntries(definitions) as Schema["definitions"] };
}
