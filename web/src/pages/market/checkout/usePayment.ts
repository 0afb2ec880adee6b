/** From a quote to a paid order: ordered once, paid once, however often it is tried. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { forgetOrders, orderNow, payOrder, placeOrder, type Order, type Quote } from "@/api/market/orders";
import { ApiProblem } from "@/api/problem";

/** A provider that answers late is asked about for so long. */
const patienceMs = 60_000;
const askAgainMs = 1_500;

interface Attempt {
  quote: Quote;
  country: string;
  method: string;
}

/** Waits until the provider has decided; gives the order as it is then, still unpaid if the wait was in vain. */
async function decided(order: Order): Promise<Order> {
  const deadline = Date.now() + patienceMs;
  let now = order;
  while (now.state === "pending_payment" && now.payment?.state === "started" && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    now = await orderNow(order.id);
  }
  if (now.state === "pending_payment" && now.payment?.state === "declined") {
    throw new ApiProblem(402, "payment_declined", now.payment.reason ?? "declined");
  }
  return now;
}

/** `onPaid` gets the order once it is paid; `onQuote` the new quote where the price has risen: nothing was ordered then. */
export function usePayment(onPaid: (order: Order) => void, onQuote: (quote: Quote) => void) {
  const client = useQueryClient();
  const [order, setOrder] = useState<Order | null>(null);
  // The same order is asked for under the same key, so that a lost answer orders nothing twice.
  const key = useRef<{ of: string; key: string }>({ of: "", key: "" });

  async function theOrder({ quote, country }: Attempt): Promise<Order> {
    if (order !== null) return order;
    const body = {
      product_ids: quote.lines.map(({ product_id }) => product_id),
      country,
      expected_total_minor: quote.total_minor,
    };
    const of = JSON.stringify(body);
    if (key.current.of !== of) key.current = { of, key: crypto.randomUUID() };
    const placed = await placeOrder(body, key.current.key);
    setOrder(placed);
    return placed;
  }

  const payment = useMutation({
    mutationFn: async (attempt: Attempt): Promise<Order> => {
      const placed = await theOrder(attempt);
      return placed.state === "pending_payment" ? decided(await payOrder(placed.id, attempt.method)) : placed;
    },
    onSuccess: (paid) => {
      if (paid.state !== "pending_payment") onPaid(paid);
    },
    onError: (error) => {
      if (!(error instanceof ApiProblem)) return;
      if (error.code === "price_changed") onQuote(error.body.quote as Quote);
      // It can't be paid any more; the next attempt is a new order.
      if (error.code === "order_canceled") giveUp();
    },
    onSettled: () => forgetOrders(client),
  });

  /** Leaves the unpaid order alone; the next attempt is a new one. */
  function giveUp(): void {
    setOrder(null);
    key.current = { of: "", key: "" };
  }

  return { ...payment, order, giveUp };
}
