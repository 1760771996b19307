import { describe, expect, it } from "vitest";
import type { GiftStatus } from "../src/generated/operations";
import { secondsToWait } from "../src/gift/server";
import { tokenIn } from "../src/gift/token";
import { excuse, standing, thankable, type Claim } from "../src/gift/wording";

const claim = (status: GiftStatus, canAccept: boolean, from: string | null = "Anna"): Claim => ({
  status,
  from,
  message: null,
  itemTitle: "Tea",
  expiresAt: null,
  canAccept,
  canDecline: canAccept,
  canExchange: false,
  trackingUrl: null,
  exchangeOptions: [],
});

describe("standing", () => {
  it.each<[GiftStatus, string, boolean]>([
    ["SCREENING", "Thank you, we have your answer", true],
    ["AWAITING_RECIPIENT", "Thank you, we have your answer", true],
    ["SEARCHING", "Thank you, we have your answer", true],
    ["VERIFYING", "Thank you, we have your answer", true],
    ["AWAITING_GIVER", "Thank you, we have your answer", true],
    ["RESOLVED", "Your gift is being prepared", true],
    ["DISPATCHED", "Your gift is on its way", true],
    ["DELIVERED", "Your gift has been delivered", true],
    ["DECLINED", "You declined this gift", false],
    ["CANCELLED", "This gift was withdrawn", false],
    ["UNDELIVERABLE", "This gift has expired", false],
  ])("of a %s gift past accepting: %s", (status, title, thanks) => {
    expect(standing(claim(status, false)).title).toBe(title);
    expect(thankable(claim(status, false))).toBe(thanks);
  });

  it("invites while the gift can be accepted", () => {
    expect(standing(claim("SEARCHING", true)).title).toBe("Anna sent you a gift");
    expect(standing(claim("AWAITING_RECIPIENT", true, null)).title).toBe("Someone sent you a gift");
    expect(thankable(claim("AWAITING_RECIPIENT", true))).toBe(false);
  });
});

describe("failures", () => {
  it("say how long to wait", () => {
    expect(excuse({ kind: "limited", seconds: 30 })).toContain("Wait 30 seconds");
    expect(excuse({ kind: "limited", seconds: 100 })).toContain("Wait 2 minutes");
    expect([secondsToWait("7"), secondsToWait("soon"), secondsToWait("0"), secondsToWait(null)]).toEqual([7, 60, 60, 60]);
  });
});

describe("tokens", () => {
  it.each([
    ["#" + "a-Z_9".repeat(9), "a-Z_9".repeat(9)],
    ["", null],
    ["#short", null],
    ["#" + "a".repeat(300), null],
    ["#<b>" + "a".repeat(40), null],
  ])("in %s", (fragment, token) => {
    expect(tokenIn(fragment)).toBe(token);
  });
});
