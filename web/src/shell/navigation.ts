/** Where one can go, by role. */
import { ChartNoAxesColumn, Disc3, Headphones, Music, Shield, Tag, type LucideIcon } from "lucide-react";
import type { Role } from "@/api/session";

export interface Destination {
  name: "listen" | "market" | "tracks" | "analytics" | "sell" | "admin";
  path: string;
  icon: LucideIcon;
  /** Pressed after `g`. */
  key: string;
}

const destinations: (Destination & { roles: readonly (Role | null)[] })[] = [
  { name: "listen", path: "/listen", icon: Headphones, key: "l", roles: [null, "user", "creator", "admin"] },
  { name: "market", path: "/market", icon: Disc3, key: "m", roles: [null, "user", "creator", "admin"] },
  { name: "analytics", path: "/analytics", icon: ChartNoAxesColumn, key: "a", roles: ["creator", "admin"] },
  { name: "sell", path: "/sell", icon: Tag, key: "s", roles: ["creator"] },
  { name: "tracks", path: "/tracks", icon: Music, key: "t", roles: ["creator"] },
  { name: "admin", path: "/admin", icon: Shield, key: "d", roles: ["admin"] },
];

/** The rail's items for a role; `null` is a visitor. */
export function destinationsOf(role: Role | null): Destination[] {
  return destinations.filter(({ roles }) => roles.includes(role));
}
