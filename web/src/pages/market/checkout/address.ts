/** Checkout knows by its address what is to be bought, so that it stands a reload, and logging in first. */

export function checkoutAddress(productIds: readonly string[]): string {
  return `/market/checkout?${new URLSearchParams(productIds.map((id) => ["product", id]))}`;
}

export function productsOf(search: URLSearchParams): string[] {
  return [...new Set(search.getAll("product"))];
}
