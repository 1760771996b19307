// Puts the page of card entry and confirmation into the document.

import { render } from "preact";
import { App } from "./app";

const page = document.getElementById("page");
if (page !== null) {
  page.replaceChildren();
  render(
    <main>
      <App />
    </main>,
    page,
  );
}
