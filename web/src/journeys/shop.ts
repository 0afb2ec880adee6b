/** Products, promotions and orders that journeys make for themselves, through the API. */
import { randomBytes, randomUUID } from "node:crypto";
import type { components } from "@/api/schema";
import { addAudio, addTrack, call, type TestAccount } from "./accounts";

type Reply<Data> = { data: Data };
type Product = components["schemas"]["Product"];
type FileUpload = components["schemas"]["FileUpload"];
type Order = components["schemas"]["Order"];
type Dispute = components["schemas"]["Dispute"];
type Quote = components["schemas"]["Quote"];

export interface TestProduct {
  id: string;
  /** What its one file holds. */
  bytes: Buffer;
}

interface Wanted {
  title: string;
  price_minor?: number;
  /** Seconds of its track's tone; none without. */
  seconds?: number;
  /** Percent, from now on for a day. */
  discount?: number;
}

/** Puts a product with one file up for sale. */
export async function sell(seller: TestAccount, wanted: Wanted): Promise<TestProduct> {
  const { accessToken: token } = seller;
  const { title, price_minor = 1_299, seconds, discount } = wanted;
  let track_id: string | undefined;
  if (seconds !== undefined) {
    track_id = await addTrack(seller, title, seconds * 1_000);
    await addAudio(seller, track_id, seconds);
  }
  const { data } = await call<Reply<Product>>("POST", "/api/v1/marketplace/products", {
    token,
    body: { title, price_minor, kind: "album", description: "Recorded by the sea.", track_id },
  });
  const bytes = randomBytes(200_000);
  await addFile(seller, data.id, `${title.replaceAll(" ", "_")}.zip`, bytes);
  const path = `/api/v1/marketplace/products/${data.id}`;
  await call("PATCH", path, { token, body: { state: "published" } });
  if (discount !== undefined) {
    const ends_at = new Date(Date.now() + 86_400_000).toISOString();
    const body = { product_id: data.id, discount_percent: discount, ends_at };
    await call("POST", "/api/v1/marketplace/promotions", { token, body });
  }
  return { id: data.id, bytes };
}

async function addFile({ accessToken: token }: TestAccount, product: string, name: string, bytes: Buffer) {
  const path = `/api/v1/marketplace/products/${product}/files`;
  const body = { name, size: bytes.length, type: "application/zip" };
  const { data } = await call<Reply<FileUpload>>("POST", path, { token, body });
  const { url, headers } = data.put;
  const response = await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
  if (!response.ok) throw new Error(`PUT ${url}: ${response.status} ${await response.text()}`);
  await call("POST", `${path}/${data.file}/complete`, { token });
}

/** Buys a product and pays for it. */
export async function buy({ accessToken: token }: TestAccount, product: TestProduct): Promise<Order> {
  const basket = { product_ids: [product.id], country: "FR" };
  const quote = await call<Reply<Quote>>("POST", "/api/v1/marketplace/quotes", { token, body: basket });
  const order = await call<Reply<Order>>("POST", "/api/v1/marketplace/orders", {
    token,
    headers: { "Idempotency-Key": randomUUID() },
    body: { ...basket, expected_total_minor: quote.data.total_minor },
  });
  const path = `/api/v1/marketplace/orders/${order.data.id}/pay`;
  return (await call<Reply<Order>>("POST", path, { token, body: { method: "approve" } })).data;
}

/** Reports an issue with an order; gives the dispute's id. */
export async function reportIssue({ accessToken: token }: TestAccount, { id }: Order): Promise<string> {
  const body = { reason: "corrupt_file", details: "It stops at 61 %." };
  const path = `/api/v1/marketplace/orders/${id}/dispute`;
  return (await call<Reply<Dispute>>("POST", path, { token, body })).data.id;
}
