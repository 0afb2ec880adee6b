/** Disputes as the API has them. */
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type DisputeSummary = Schemas["DisputeSummary"];
export type Dispute = Schemas["Dispute"];
export type Happening = Schemas["DisputeHappening"];
export type Decision = Schemas["DisputeDecision"];
export type Status = DisputeSummary["status"];
export type Resolution = Decision["resolution"];

/** The beginning of every key: a decision changes both the dispute and the lists. */
export const disputesKey = ["admin", "disputes"] as const;

export const statuses = ["open", "seller_responded", "under_review", "resolved", "withdrawn"] as const;
export const resolutions = ["refund_full", "refund_partial", "rejected"] as const;
