import { useFormat } from "@/format/useFormat";

/** Amounts of one currency; without one there are none, and a dash stands for them. */
export function useMoney(currency: string | null): (minor: number) => string {
  const format = useFormat();
  return (minor) => (currency === null ? "–" : format.money(minor, currency));
}
