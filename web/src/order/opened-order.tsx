// An opened order: one panel at a time, and what came of the last one.

import { useState } from "preact/hooks";
import { useNavigation } from "../shared/navigation";
import { AddressPanel } from "./address-panel";
import { CancelPanel } from "./cancel-panel";
import { cancelledNotice } from "./cancellation";
import { QuantityPanel, RemovePanel } from "./line-panels";
import type { OpenedOrder, Order } from "./order";
import { NoticeBox, type Notice } from "./notice-box";
import { Overview } from "./overview";
import { isPartlyPacked, packedQuantity } from "./packed";
import { findLine, HOME, type Panel, type PanelProps } from "./panel";

interface OpenedOrderProps extends Pick<OpenedOrder, "refresh" | "update"> {
  readonly order: Order;
}

/** The order and its panels. */
export function OpenedOrderPanels({ order, refresh, update }: OpenedOrderProps) {
  const { panel, openPanel, goBack, hasMoved } = useNavigation<Panel>(HOME);
  const [notice, setNotice] = useState<Notice | null>(null);
  const [openedPanel, setOpenedPanel] = useState<Panel | null>(null);
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
      leave({ tone: "good", message: doneMessage(panel, newOrder) });
    },
    onStale: (message) => { leave({ tone: "bad", message }); },
    onUpdate: update,
  };
  const body = order.canModify ? drawPanel(panel, panelProps) : null;
  return (
    <>
      {/* There before anything is said in it, so that screen readers hear what is. */}
      <NoticeBox notice={body === null ? notice : null} />
      {body ?? (
        <Overview
          order={order}
          isFirstView={!hasMoved}
          hasNotice={notice !== null}
          leftPanel={openedPanel}
          onOpen={(next) => {
            setNotice(null);
            setOpenedPanel(next);
            openPanel(next);
          }}
        />
      )}
    </>
  );
}

/** What was done in a panel, in a sentence. */
function doneMessage(panel: Panel, newOrder: Order | null): string {
  if (newOrder?.status === "CANCELLED" || panel.name === "cancel") return cancelledNotice(newOrder?.status);
  return "Your order is changed.";
}

/** The panel; null where nothing is to be done: the browser's Forward button may lead to it, and orders move on. */
function drawPanel(panel: Panel, props: PanelProps) {
  const { order } = props;
  const line = "lineId" in panel ? findLine(order, panel.lineId) : null;
  const packed = line === null ? 0 : packedQuantity(order, line);
  if (panel.name === "quantity" && line !== null && packed < line.quantity) return <QuantityPanel {...props} line={line} />;
  if (panel.name === "remove" && line !== null && packed === 0) return <RemovePanel {...props} line={line} />;
  if (panel.name === "address" && !isPartlyPacked(order)) return <AddressPanel {...props} />;
  return panel.name === "cancel" ? <CancelPanel {...props} /> : null;
}
