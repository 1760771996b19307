// A product's description, which is HTML.

interface TrustedTypesFactory {
  readonly createPolicy: (
    name: string,
    rules: { readonly createHTML: (html: string) => string },
  ) => { readonly createHTML: (html: string) => string };
}

// The gateway sanitises descriptions when they are imported. Where the browser asks that every text which becomes HTML
// goes through a named policy, this is the only one there is.
const policy = (globalThis as { readonly trustedTypes?: TrustedTypesFactory }).trustedTypes?.createPolicy(
  "shop-descriptions",
  { createHTML: (html) => html },
);

/** The description as the merchant wrote it. */
export function Description({ html }: { readonly html: string }) {
  return (
    <section class="product-section" aria-labelledby="description-title">
      <h2 id="description-title">About it</h2>
      <div class="description" dangerouslySetInnerHTML={{ __html: policy?.createHTML(html) ?? html }} />
    </section>
  );
}
