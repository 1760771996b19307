"""The operations that are measured."""

MONEY = "{ amount currency formatted }"
TAXED = f"{{ net {MONEY} gross {MONEY} tax {MONEY} }}"
LINE = f"""reference name quantity unitPrice {MONEY} total {TAXED}
    taxLines {{ name ratePercent tax {MONEY} }}"""
FIGURES = f"""currency
  items {{ {LINE} }}
  subtotal {TAXED} shippingTotal {TAXED} total {TAXED} due {MONEY}
  taxState taxSummary {{ name ratePercent base {MONEY} tax {MONEY} }}
  display(locale: "en-US") {{
    lines {{ key label text detail }} totals {{ key label text detail }} messages
  }}"""
CART = f"id version {FIGURES}"

READ = f"query Read($id: ID!) {{ cart(id: $id) {{ {CART} }} }}"
ADD = f"""mutation Add($input: CartLinesAddInput!) {{
  cartLinesAdd(input: $input) {{
    userErrors {{ code field message }} warnings {{ code target message }}
    cart {{ {CART} }}
  }}
}}"""
BUY = f"""mutation Buy($input: OneClickPurchaseInput!) {{
  oneClickPurchase(input: $input) {{
    __typename
    ... on OrderPlaced {{
      undoUntil
      order {{ id number status placedAt items {{ {LINE} }} total {TAXED} due {MONEY} }}
    }}
  }}
}}"""
QUOTE = f"""query Quote($input: QuoteInput!) {{
  quote(input: $input) {{ userErrors {{ code field message }} quote {{ {FIGURES} }} }}
}}"""
ACCEPT = """mutation Accept($input: GiftAcceptInput!) {
  giftAccept(input: $input) {
    userErrors { code field message }
    claim { status from message itemTitle expiresAt canAccept canDecline canExchange }
  }
}"""
LISTING = """{
  products(first: 20) {
    nodes { id title variants { id title price { amount currency formatted } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
ORDERS = f"""query Orders($after: String) {{
  viewer {{ orders(first: 20, after: $after) {{
    nodes {{ id number status placedAt items {{ {LINE} }} total {TAXED} due {MONEY} }}
    pageInfo {{ hasNextPage endCursor }}
  }} }}
}}"""
CANCEL = """mutation Cancel($input: OrderCancelInput!) {
  orderCancel(input: $input) { userErrors { code field message } order { id status } }
}"""
SEARCH = """query Search($query: String!) {
  products(first: 20, query: $query) {
    nodes { id title variants { id title price { amount currency formatted } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
FILTERED = """query Filtered($filter: ProductFilterInput) {
  products(first: 20, sort: PRICE_ASC, filter: $filter) {
    totalCount
    facets { name values { value count } }
    nodes { id title variants { id title price { amount currency formatted } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
SHIP = """mutation Ship($input: ShipmentUpdateInput!) {
  shipmentUpdate(input: $input) { userErrors { code field message } }
}"""

# What the demonstration's shop page asks for (`web/src/shop`).
PICTURE = "{ url altText width height }"
OFFER = """oneClick {
      state missing action { label } purchaserHint shippingHint paymentHint
      total { gross { amount currency minorUnits formatted } }
      due { amount currency minorUnits formatted }
      order { id number } lineId undoUntil
    }"""
CARD_VARIANT = f"""id title {OFFER}
    availableForSale shipsInDays selectedOptions {{ name value }} compareAtPrice {{ formatted }}"""
CARD = f"""id handle title vendor featuredImage {PICTURE}
  priceRange {{ min {{ amount formatted }} max {{ amount formatted }} }}"""
CARDS = f"""nodes {{ {CARD} variants {{ {CARD_VARIANT} }} }}
  pageInfo {{ hasNextPage endCursor }}"""
MORE_PRODUCTS = f"""query MoreProducts($after: String) {{
  products(first: 24, after: $after) {{ {CARDS} }}
}}"""
PRODUCT_LIST = f"""query ProductList(
  $query: String, $sort: ProductSort, $filter: ProductFilterInput
) {{
  products(first: 24, query: $query, sort: $sort, filter: $filter) {{
    {CARDS} totalCount facets {{ name values {{ value count }} }}
  }}
}}"""
PRODUCT = f"""query Product($handle: String!) {{
  product(handle: $handle) {{
    {CARD}
    descriptionHtml productType options {{ name values }} images {PICTURE}
    collections {{ id handle title }}
    variants {{
      {CARD_VARIANT}
      sku price {{ amount formatted }} pricesIncludeTax availableQuantity requiresShipping
      image {PICTURE}
    }}
  }}
}}"""
