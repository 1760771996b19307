import { expect, test } from "vitest";
import { watchSocket } from "../src/shop/api/socket-watch";

/** A page that counts who listens to it. */
class Page extends EventTarget {
  listeners = 0;

  override addEventListener(type: string, listener: EventListener): void {
    this.listeners += 1;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.listeners -= 1;
    super.removeEventListener(type, listener);
  }
}

test("a socket that was open while the browser was offline is closed, and nobody listens after it", () => {
  const page = new Page();
  const { on } = watchSocket(page);
  const closedWith: unknown[] = [];
  const socket = { close: (...reason: unknown[]) => closedWith.push(reason) };
  expect(page.listeners).toBe(0);

  on?.connected?.(socket, undefined, false);
  page.dispatchEvent(new Event("online"));
  expect(closedWith).toEqual([[4205, "restart"]]);

  on?.closed?.({});
  page.dispatchEvent(new Event("online"));
  expect([closedWith.length, page.listeners]).toEqual([1, 0]);
});
