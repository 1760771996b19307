// An opened order: one panel at a time, and what came of the last one.

import { useState } from "preact/hooks";
import { useNavigation } from "../shared/navigation";
import { AddressPanel } from "./address-panel";
import { CancelPanel } from "./cancel-panel";
import { QuantityPanel, RemovePanel } from "./line-panels";
import type { OpenedOrder, Order } from "./order";
import { Overview, type Notice } from "./overview";
import { findLine, HOME, type Panel, type PanelProps } from "./panel";

interface OpenedOrderProps extends Pick<OpenedOrder, "refresh" | "update"> {
  readonly order: Order;
}

/** The order and its panels. */
export function OpenedOrderPanels({ order, refresh, update }: OpenedOrderProps) {
  const { panel, openPanel, goBack, hasMoved } = useNavigation<Panel>(HOME);
  const [notice, setNotice] = useState<Notice | null>(null);
  const leave = (newNotice: Notice): void => {
    setNotice(newNotice);
    goBack();
    void refresh();
  };
  const panelProps: PanelProps = {
    order,
    onBack: goBack,
    onDone: (newOrder) => {
      if (newOrder !== null) update(newOrder);
      leave({ tone: "good", message: newOrder?.status === "CANCELLED" ? "Your order is cancelled." : "Your order is changed." });
    },
    onStale: (message) => { leave({ tone: "bad", message }); },
  };
  const line = "lineId" in panel ? findLine(order, panel.lineId) : null;
  // The browser's Forward button may lead to what can no longer be done, and the order may move on meanwhile.
  const shownPanel = order.canModify ? panel.name : "order";
  if (shownPanel === "quantity" && line !== null) return <QuantityPanel {...panelProps} line={line} />;
  if (shownPanel === "remove" && line !== null) return <RemovePanel {...panelProps} line={line} />;
  if (shownPanel === "address") return <AddressPanel {...panelProps} />;
  if (shownPanel === "cancel") return <CancelPanel {...panelProps} />;
  return <Overview order={order} notice={notice} onOpen={openPanel} isFirstView={!hasMoved} />;
}
