/** @jsxImportSource react */
// GraphiQL with documentation, explorer, history and the example tabs.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { languages } from "monaco-graphql/esm/monaco-editor.js";
import { createRoot } from "react-dom/client";
import { EXAMPLES } from "./examples";
import { gatewayFetcher } from "./transport";
import { defaultsIn, withDefaults, type Defaults, type VariablesSchema } from "./variables";

// Of the first tab GraphiQL opens the document without its variables; later visits find their own.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;
const first = isFirstVisit ? { initialVariables: EXAMPLES[0]?.variables ?? "" } : {};

let defaults: Defaults = new Map();
const fetcher = gatewayFetcher(location.href, (answer) => {
  defaults = defaultsIn(answer) ?? defaults;
});

const editor = languages.json.jsonDefaults;
const setOptions = editor.setDiagnosticsOptions.bind(editor);
editor.setDiagnosticsOptions = (options) => {
  const schemas = options.schemas?.map((each) => ({
    ...each,
    schema: withDefaults((each.schema ?? {}) as VariablesSchema, defaults),
  }));
  setOptions(schemas === undefined ? options : { ...options, schemas });
};

const page = document.getElementById("page");
if (page !== null) {
  createRoot(page).render(
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      {...first}
      plugins={[HISTORY_PLUGIN, explorerPlugin()]}
      inputValueDeprecation
    />,
  );
}
