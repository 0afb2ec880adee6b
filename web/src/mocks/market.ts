/** What the shop holds, and what a seller sees: a deal, a product without one, an order that was paid. */
import { http, HttpResponse, type RequestHandler } from "msw";
import type { Dispute } from "@/api/market/disputes";
import type { Download, Order, Quote } from "@/api/market/orders";
import type { Product, ProductCard } from "@/api/market/products";
import type { Review } from "@/api/market/reviews";
import type { components } from "@/api/schema";
import type { Demand, OwnProduct, Promotion, Sale } from "@/api/market/selling";
import type { Wish } from "@/api/market/wishlist";
import { track } from "./answers";

/** Far enough for every test: a promotion that runs ends tomorrow, by the mock's own clock. */
const now = Date.now();
const inHours = (hours: number) => new Date(now + hours * 3_600_000).toISOString();

export const deal: ProductCard = {
  id: "01a20947-0000-7000-8000-0000000000d1",
  seller_id: 7,
  seller_name: "Odile M.",
  kind: "album",
  title: "Salt Roads",
  state: "published",
  track_id: track.id,
  currency: "EUR",
  price_minor: 1_299,
  payable_minor: 909,
  promotion: {
    id: "01a20947-0000-7000-8000-0000000000e1",
    discount_percent: 30,
    starts_at: inHours(-20),
    ends_at: inHours(28.2),
  },
  lowest_30d_minor: 1_299,
  cover: null,
  rating: { average: 4.7, count: 86 },
  file_count: 2,
  published_at: "2026-10-01T09:00:00Z",
  wished: false,
  owned: false,
};

export const stems: ProductCard = {
  ...deal,
  id: "01a20947-0000-7000-8000-0000000000d2",
  title: "Undertow",
  kind: "stems",
  track_id: null,
  price_minor: 290,
  payable_minor: 290,
  promotion: null,
  lowest_30d_minor: 290,
  rating: null,
  file_count: 1,
};

/** Of another seller. */
export const samples: ProductCard = {
  ...stems,
  id: "01a20947-0000-7000-8000-0000000000d3",
  seller_id: 8,
  seller_name: "Kelpie Audio",
  title: "Dust and Dial",
  kind: "samples",
  price_minor: 2_400,
  payable_minor: 2_400,
  lowest_30d_minor: 2_400,
};

const products = [deal, stems, samples];

export const productPage: Product = {
  ...deal,
  description: "Nine pieces, recorded by the sea.",
  files: [
    {
      id: "01a20947-0000-7000-8000-0000000000f1",
      name: "Salt_Roads_FLAC.zip",
      type: "application/zip",
      size: 412_000_000,
      sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      added_at: "2026-10-01T09:00:00Z",
    },
    {
      id: "01a20947-0000-7000-8000-0000000000f2",
      name: "Booklet.pdf",
      type: "application/pdf",
      size: 84_000,
      sha256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
      added_at: "2026-10-01T09:00:00Z",
    },
  ],
  track: { id: track.id, title: track.title, artist: track.artist, duration_ms: track.duration_ms },
};

export const quote: Quote = {
  seller_id: 7,
  seller_name: "Odile M.",
  currency: "EUR",
  lines: [
    {
      product_id: deal.id,
      title: deal.title,
      discount_percent: 30,
      promotion_id: deal.promotion?.id ?? null,
      promotion_ends_at: deal.promotion?.ends_at ?? null,
      list_minor: 1_299,
      discount_minor: 390,
      net_minor: 909,
      tax_minor: 182,
      total_minor: 1_091,
    },
    {
      product_id: stems.id,
      title: stems.title,
      discount_percent: 0,
      promotion_id: null,
      promotion_ends_at: null,
      list_minor: 290,
      discount_minor: 0,
      net_minor: 290,
      tax_minor: 58,
      total_minor: 348,
    },
  ],
  list_minor: 1_589,
  discount_minor: 390,
  net_minor: 1_199,
  tax_minor: 240,
  total_minor: 1_439,
  tax: {
    country: "FR",
    bps: 2_000,
    inclusive: false,
    is_default: false,
    note: null,
    address_country: "FR",
    evidence_conflict: false,
  },
  quoted_at: inHours(0),
  rises_at: deal.promotion?.ends_at ?? null,
};

export const order: Order = {
  id: "01a20947-0000-7000-8000-0000000000a1",
  seller_id: 7,
  seller_name: "Odile M.",
  currency: "EUR",
  state: "paid",
  items: quote.lines.map((line, index) => ({
    id: `01a20947-0000-7000-8000-0000000000b${index}`,
    product_id: line.product_id,
    title: line.title,
    cover: null,
    discount_percent: line.discount_percent,
    tax_bps: 2_000,
    list_minor: line.list_minor,
    discount_minor: line.discount_minor,
    net_minor: line.net_minor,
    tax_minor: line.tax_minor,
    total_minor: line.total_minor,
    refunded_minor: 0,
  })),
  list_minor: quote.list_minor,
  discount_minor: quote.discount_minor,
  net_minor: quote.net_minor,
  tax_minor: quote.tax_minor,
  total_minor: quote.total_minor,
  refunded_minor: 0,
  refunded_tax_minor: 0,
  tax: quote.tax,
  created_at: "2026-11-07T11:00:00Z",
  expires_at: "2026-11-07T11:30:00Z",
  paid_at: "2026-11-07T11:01:00Z",
  canceled_at: null,
  payment: {
    state: "approved",
    method: "approve",
    reason: null,
    created_at: "2026-11-07T11:01:00Z",
    decided_at: "2026-11-07T11:01:00Z",
  },
};

export const pendingOrder: Order = {
  ...order,
  state: "pending_payment",
  paid_at: null,
  payment: null,
};

export const downloads: Download[] = productPage.files.map((file) => ({
  item_id: order.items[0]?.id ?? "",
  product_id: deal.id,
  title: deal.title,
  file_id: file.id,
  name: file.name,
  type: file.type,
  size: file.size,
  sha256: file.sha256,
  added_at: file.added_at,
  url: `http://objects.test/${file.id}?signature=1`,
  expires_at: inHours(0.08),
  grant_url: `/api/v1/marketplace/downloads/item/${file.id}?grant=secret`,
  grant_expires_at: inHours(24),
}));

export const wish: Wish = {
  product: { ...deal, wished: true },
  added_at: "2026-11-01T09:00:00Z",
  price_when_added_minor: 1_299,
  drop_minor: 390,
};

export const ownProducts: OwnProduct[] = [
  { ...deal, sales: 86, net_minor: 80_400, wishes: 12 },
  { ...stems, sales: 3, net_minor: 870, wishes: 0 },
  {
    ...stems,
    id: "01a20947-0000-7000-8000-0000000000d4",
    title: "Night Ferry",
    state: "draft",
    published_at: null,
    sales: 0,
    net_minor: 0,
    wishes: 0,
  },
];

/** One that runs, and two to come with three days between them. */
export const promotions: Promotion[] = [
  {
    id: deal.promotion?.id ?? "",
    product_id: deal.id,
    product_title: deal.title,
    discount_percent: 30,
    starts_at: inHours(-20),
    ends_at: inHours(28.2),
    state: "live",
    is_active: true,
    created_at: "2026-11-01T09:00:00Z",
  },
  {
    id: "01a20947-0000-7000-8000-0000000000e2",
    product_id: stems.id,
    product_title: stems.title,
    discount_percent: 20,
    starts_at: inHours(48),
    ends_at: inHours(72),
    state: "scheduled",
    is_active: true,
    created_at: "2026-11-01T09:00:00Z",
  },
  {
    id: "01a20947-0000-7000-8000-0000000000e3",
    product_id: stems.id,
    product_title: stems.title,
    discount_percent: 50,
    starts_at: inHours(75),
    ends_at: inHours(99),
    state: "scheduled",
    is_active: true,
    created_at: "2026-11-01T09:00:00Z",
  },
];

export const sale: Sale = {
  item_id: "01a20947-0000-7000-8000-0000000000b0",
  order_id: order.id,
  product_id: deal.id,
  title: deal.title,
  currency: "EUR",
  state: "partially_refunded",
  discount_percent: 30,
  tax_bps: 2_000,
  tax_country: "FR",
  list_minor: 1_299,
  discount_minor: 390,
  net_minor: 909,
  tax_minor: 182,
  total_minor: 1_091,
  refunded_minor: 120,
  refunded_tax_minor: 20,
  earned_minor: 809,
  paid_at: "2026-11-07T11:01:00Z",
};

export const demand: Demand = {
  product_id: deal.id,
  title: deal.title,
  currency: "EUR",
  price_minor: 1_299,
  wishes: 12,
  wishes_7d: 4,
  last_wished_at: "2026-11-20T09:00:00Z",
  sales: 86,
};

const page = (data: unknown[]) =>
  HttpResponse.json({ data, meta: { next_cursor: null, server_time: new Date().toISOString() } });
const one = (data: unknown, init?: ResponseInit) =>
  HttpResponse.json({ data, meta: { server_time: new Date().toISOString() } }, init);
const done = () => new HttpResponse(null, { status: 204 });

export const marketHandlers: RequestHandler[] = [
  http.get("*/api/v1/marketplace/products", () => page(products)),
  http.get("*/api/v1/marketplace/products/:id", ({ params }) => {
    const card = products.find(({ id }) => id === params.id) ?? deal;
    return one({ ...productPage, ...card });
  }),
  http.get("*/api/v1/marketplace/deals", () => page([deal])),
  http.get("*/api/v1/marketplace/wishlist", () => page([])),
  http.post("*/api/v1/marketplace/wishlist/:id", done),
  http.delete("*/api/v1/marketplace/wishlist/:id", done),
  http.post("*/api/v1/marketplace/quotes", () => one(quote)),
  http.get("*/api/v1/marketplace/orders", () => page([order])),
  http.get("*/api/v1/marketplace/orders/:id", () => one(order)),
  http.post("*/api/v1/marketplace/orders", () => one(pendingOrder, { status: 201 })),
  http.post("*/api/v1/marketplace/orders/:id/pay", () => one(order)),
  http.get("*/api/v1/marketplace/orders/:id/download", () => one(downloads)),
  http.get("*/api/v1/marketplace/selling", () => page(ownProducts)),
  http.get("*/api/v1/marketplace/promotions", () => page(promotions)),
  http.get("*/api/v1/marketplace/sales", () => page([sale])),
  http.get("*/api/v1/marketplace/demand", () => page([demand])),
];

export const review: Review = {
  id: "01a20947-0000-7000-8000-0000000000c1",
  product_id: deal.id,
  product_title: deal.title,
  rating: 5,
  text: "It sounds like the sea.",
  buyer_name: "Ada Novak",
  created_at: "2026-11-10T09:00:00Z",
  seller_name: "Odile M.",
  reply: null,
  replied_at: null,
};

export const repliedReview: Review = {
  ...review,
  id: "01a20947-0000-7000-8000-0000000000c2",
  rating: 3,
  text: "A bit short.",
  buyer_name: "Ben Okoro",
  reply: "The next one is longer.",
  replied_at: "2026-11-12T09:00:00Z",
};

export const reviewsMeta: components["schemas"]["ReviewsMeta"] = {
  next_cursor: null,
  average: 4,
  count: 2,
  histogram: [5, 4, 3, 2, 1].map((rating) => ({ rating, count: rating === 5 || rating === 3 ? 1 : 0 })),
};

/** As its buyer sees it: the seller has answered, and nobody has decided. */
export const dispute: Dispute = {
  id: "01a20947-0000-7000-8000-0000000000aa",
  order_id: order.id,
  titles: [deal.title, stems.title],
  reason: "corrupt_file",
  status: "seller_responded",
  resolution: null,
  refunded_minor: null,
  currency: "EUR",
  total_minor: 1_439,
  left_minor: 1_439,
  buyer_name: "Teo Brandão",
  seller_id: 7,
  seller_name: "Odile M.",
  created_at: "2026-11-09T17:42:00Z",
  respond_until: "2026-11-12T17:42:00Z",
  responded_at: "2026-11-10T08:15:00Z",
  resolved_at: null,
  messages: 1,
  details: "Booklet.pdf does not open.",
  side: "buyer",
  actions: ["message", "withdraw"],
  history: [
    {
      kind: "purchased",
      at: "2026-11-07T11:01:00Z",
      side: "buyer",
      name: "Teo Brandão",
      text: null,
      resolution: null,
      amount_minor: 1_439,
    },
    ...[1, 2].map((minute) => ({
      kind: "downloaded" as const,
      at: `2026-11-07T11:0${minute}:30Z`,
      side: "buyer" as const,
      name: "Teo Brandão",
      text: "Booklet.pdf",
      resolution: null,
      amount_minor: null,
    })),
    {
      kind: "opened",
      at: "2026-11-09T17:42:00Z",
      side: "buyer",
      name: "Teo Brandão",
      text: "Booklet.pdf does not open.",
      resolution: null,
      amount_minor: null,
    },
    {
      kind: "responded",
      at: "2026-11-10T08:15:00Z",
      side: "seller",
      name: "Odile M.",
      text: "Sorry about that. I have put it up again.",
      resolution: null,
      amount_minor: null,
    },
  ],
};

export const decided: Dispute = {
  ...dispute,
  status: "resolved",
  resolution: "refund_partial",
  refunded_minor: 400,
  left_minor: 1_039,
  resolved_at: "2026-11-13T10:00:00Z",
  actions: [],
  history: [
    ...dispute.history,
    {
      kind: "resolved",
      at: "2026-11-13T10:00:00Z",
      side: "admin",
      name: "Root",
      text: "The booklet is missing.",
      resolution: "refund_partial",
      amount_minor: 400,
    },
  ],
};

/** As its seller sees it, before any answer. */
export const unanswered: Dispute = {
  ...dispute,
  status: "open",
  responded_at: null,
  messages: 0,
  side: "seller",
  actions: ["message", "respond"],
  history: dispute.history.slice(0, 4),
};

export const afterSaleHandlers: RequestHandler[] = [
  http.get("*/api/v1/marketplace/products/:id/reviews", () =>
    HttpResponse.json({ data: [review, repliedReview], meta: reviewsMeta }),
  ),
  http.get("*/api/v1/marketplace/reviews", ({ request }) =>
    page(new URL(request.url).searchParams.get("side") === "seller" ? [review, repliedReview] : []),
  ),
  http.get("*/api/v1/marketplace/disputes", () => page([])),
  http.get("*/api/v1/marketplace/disputes/:id", () => one(dispute)),
];
