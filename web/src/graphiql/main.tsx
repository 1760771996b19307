/** @jsxImportSource react */
// GraphiQL with documentation, explorer, history and the example tabs.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { EXAMPLES } from "./examples";
import { gatewayFetcher } from "./transport";

// Of the first tab GraphiQL opens the document without its variables; later visits find their own.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;
const first = isFirstVisit ? { initialVariables: EXAMPLES[0]?.variables ?? "" } : {};

const page = document.getElementById("page");
if (page !== null) {
  createRoot(page).render(
    <GraphiQL
      fetcher={gatewayFetcher(location.href)}
      defaultTabs={EXAMPLES}
      {...first}
      plugins={[HISTORY_PLUGIN, explorerPlugin()]}
      inputValueDeprecation
    />,
  );
}
