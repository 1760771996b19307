// An operation for each field of the root types, made from the schema itself: as much is selected
// as a screen might show, every argument is a variable.

import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isRequiredArgument,
} from "graphql";

const LEVELS = 3;

// The operations of `schema`, each with its name, its kind and its text.
export function operationsOf(schema) {
  const roots = {
    Query: schema.getQueryType(),
    Mutation: schema.getMutationType(),
    Subscription: schema.getSubscriptionType(),
  };
  return Object.entries(roots).flatMap(([kind, type]) =>
    Object.values(type.getFields()).map((field) => operation(schema, kind, field)),
  );
}

function operation(schema, kind, field) {
  const module = field.name[0].toUpperCase() + field.name.slice(1);
  const name = `${module}${kind}`;
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`);
  const given = field.args.map(({ name }) => `${name}: $${name}`);
  const selected = selection(schema, getNamedType(field.type), LEVELS);
  const text = `${kind.toLowerCase()} ${name}${bracketed(variables)} {
  ${field.name}${bracketed(given)}${selected}
}`;
  return { name, module, text };
}

const bracketed = (parts) => (parts.length ? `(${parts.join(", ")})` : "");

function selection(schema, type, levels) {
  if (isLeafType(type)) return "";
  const own = "getFields" in type ? fields(schema, type, levels) : [];
  const members = isAbstractType(type) ? fragments(schema, type, levels) : [];
  return ` { ${["__typename", ...own, ...members].join(" ")} }`;
}

// Fields of one name may differ in type from member to member: each has an alias of its own.
function fragments(schema, type, levels) {
  return schema.getPossibleTypes(type).map((member) => {
    const shared = isInterfaceType(type) ? Object.keys(type.getFields()) : [];
    const own = fields(schema, member, levels, `${member.name}_`, new Set(shared));
    return `... on ${member.name} { ${["__typename", ...own].join(" ")} }`;
  });
}

function fields(schema, type, levels, prefix = "", without = new Set()) {
  return Object.values(type.getFields())
    .filter(({ name, args }) => !without.has(name) && !args.some(isRequiredArgument))
    .filter((field) => isLeafType(getNamedType(field.type)) || levels > 1)
    .map((field) => {
      const alias = prefix && `${prefix}${field.name}: `;
      return `${alias}${field.name}${selection(schema, getNamedType(field.type), levels - 1)}`;
    });
}
