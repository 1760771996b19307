// The page: entering a card, or confirming a payment with the bank.

import { useEffect, useState } from "preact/hooks";
import { parseTask } from "./address";
import { CardEntry } from "./card-entry";
import { Confirmation } from "./confirmation";

/** The whole page. */
export function App() {
  const [task, setTask] = useState(() => parseTask(location));
  useEffect(() => {
    const handleHashChange = (): void => { setTask(parseTask(location)); };
    addEventListener("hashchange", handleHashChange);
    return () => { removeEventListener("hashchange", handleHashChange); };
  }, []);
  if (task.kind === "confirmation") return <Confirmation key={task.token} token={task.token} />;
  return <CardEntry saves={task.saves} setupId={task.setupId} />;
}
