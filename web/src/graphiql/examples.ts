// The tabs a first visitor finds: three flows, whose documents and variables are files.

import gift from "../../examples/gift.graphql?raw";
import giftVariables from "../../examples/gift.json?raw";
import purchase from "../../examples/purchase.graphql?raw";
import purchaseVariables from "../../examples/purchase.json?raw";
import quote from "../../examples/quote.graphql?raw";
import quoteVariables from "../../examples/quote.json?raw";

const HEADERS = JSON.stringify({ authorization: "" }, null, 2);

/** One tab a flow. */
export const EXAMPLES = [
  { query: quote, variables: quoteVariables },
  { query: purchase, variables: purchaseVariables, headers: HEADERS },
  { query: gift, variables: giftVariables, headers: HEADERS },
];
