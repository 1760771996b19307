// What has happened to an order or a gift, the earliest first.

import { formatMoment } from "../../order/wording";

interface HistoryProps {
  readonly events: readonly { readonly id: string; readonly type: string; readonly occurredAt: string }[];
  /** What an event of that type is called. */
  readonly titleOf: (type: string) => string;
}

/** The list of events. */
export function History({ events, titleOf }: HistoryProps) {
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">What happened</h2>
      <ol class="rows history">
        {events.map(({ id, type, occurredAt }) => (
          <li class="row" key={id}>
            <span class="row-label">{titleOf(type)}</span>
            <time class="row-amount hint" dateTime={occurredAt}>
              {formatMoment(occurredAt)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
