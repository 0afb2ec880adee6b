/** What is in the cart: products by id, on this device alone. Their prices are asked for, never kept. */
import { useSyncExternalStore } from "react";

const storageKey = "veza.cart";
/** As many as an order may have. */
const mostProducts = 50;

const none: readonly string[] = [];
let current = read();
const listeners = new Set<() => void>();

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, mostProducts) : none;
  } catch {
    return none;
  }
}

function notifyAll(): void {
  for (const notify of listeners) notify();
}

function replace(ids: readonly string[]): void {
  current = ids;
  localStorage.setItem(storageKey, JSON.stringify(ids));
  notifyAll();
}

// Another tab of this device changed it.
window.addEventListener("storage", ({ key }) => {
  if (key !== storageKey && key !== null) return;
  current = read();
  notifyAll();
});

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}

/** The products in the cart, in the order in which they came. */
export function useCart(): readonly string[] {
  return useSyncExternalStore(subscribe, () => current);
}

export function addToCart(id: string): void {
  if (!current.includes(id)) replace([...current, id].slice(-mostProducts));
}

export function removeFromCart(...ids: readonly string[]): void {
  replace(current.filter((id) => !ids.includes(id)));
}
