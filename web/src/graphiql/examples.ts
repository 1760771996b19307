// The tabs a first visitor finds: four flows, whose documents and variables are files. A tab is called after its first
// operation, so each operation's name begins with what its flow does.

import cart from "../../examples/cart.graphql?raw";
import cartVariables from "../../examples/cart.json?raw";
import gift from "../../examples/gift.graphql?raw";
import giftVariables from "../../examples/gift.json?raw";
import oneClick from "../../examples/one-click.graphql?raw";
import oneClickVariables from "../../examples/one-click.json?raw";
import quote from "../../examples/quote.graphql?raw";
import quoteVariables from "../../examples/quote.json?raw";

/** One tab a flow. */
export const EXAMPLES = [
  { query: quote, variables: quoteVariables },
  { query: cart, variables: cartVariables },
  { query: oneClick, variables: oneClickVariables },
  { query: gift, variables: giftVariables },
];
