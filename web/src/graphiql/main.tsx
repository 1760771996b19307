/** @jsxImportSource react */
// GraphiQL with documentation, explorer, history and the example tabs.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { languages } from "monaco-graphql/esm/monaco-editor.js";
import { createRoot } from "react-dom/client";
import { announceAnswer, Carrier } from "./carrier";
import { EXAMPLES } from "./examples";
import { gatewayFetcher } from "./transport";
import { readFieldsWithDefault, relaxRequired, type FieldsWithDefault, type VariablesSchema } from "./variables";

// Of the first tab GraphiQL opens the document without its variables; later visits find their own.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;
const initialProps = isFirstVisit ? { initialVariables: EXAMPLES[0]?.variables ?? "" } : {};

let fieldsWithDefault: FieldsWithDefault = new Map();
const fetcher = gatewayFetcher(location.href, (answer) => {
  fieldsWithDefault = readFieldsWithDefault(answer.result) ?? fieldsWithDefault;
  announceAnswer(answer);
});

const jsonDefaults = languages.json.jsonDefaults;
const setDiagnosticsOptions = jsonDefaults.setDiagnosticsOptions.bind(jsonDefaults);
jsonDefaults.setDiagnosticsOptions = (options) => {
  const schemas = options.schemas?.map((association) => ({
    ...association,
    schema: relaxRequired((association.schema ?? {}) as VariablesSchema, fieldsWithDefault),
  }));
  setDiagnosticsOptions(schemas === undefined ? options : { ...options, schemas });
};

const page = document.getElementById("page");
if (page !== null) {
  createRoot(page).render(
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      {...initialProps}
      plugins={[HISTORY_PLUGIN, explorerPlugin()]}
      inputValueDeprecation
    >
      <GraphiQL.Footer>
        <Carrier />
      </GraphiQL.Footer>
    </GraphiQL>,
  );
}
