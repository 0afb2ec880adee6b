/** The account that is signed in, and what can be done with it. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { browserZone } from "@/format/zones";
import { changeLanguage, isLanguage, type Language } from "@/messages";
import { answerOf, api } from "./client";
import { queryClient } from "./queries";
import { keepSession } from "./refresh";
import type { components } from "./schema";
import { useSession } from "./session";

export type Account = components["schemas"]["Account"];
type AccountChanges = components["schemas"]["AccountChanges"];

const accountQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => (await answerOf(api.GET("/api/v1/me", { signal }))).data,
  staleTime: 60_000,
});

/** The account's own settings; pending for a visitor. */
export function useAccount() {
  return useQuery({ ...accountQuery, enabled: useSession() !== null });
}

/** The zone that times are shown in unless a page chooses another: the account's, else this device's. */
export function useZone(): string {
  const { data } = useAccount();
  return data?.zone ?? browserZone;
}

/** The same outside of a page; the account is known once the session is restored. */
export function currentZone(): string {
  return queryClient.getQueryData(accountQuery.queryKey)?.zone ?? browserZone;
}

/** Speaks the account's language from here on. */
export async function adoptLanguage(): Promise<void> {
  const { language } = await queryClient.ensureQueryData(accountQuery);
  if (isLanguage(language)) await changeLanguage(language);
}

interface Credentials {
  email: string;
  password: string;
}

async function beginSession({ email, password }: Credentials): Promise<void> {
  const { data } = await answerOf(
    api.POST("/api/v1/auth/login", { body: { email, password, session: "cookie" } }),
  );
  queryClient.clear();
  keepSession(data.access_token);
}

export async function logIn(credentials: Credentials): Promise<void> {
  await beginSession(credentials);
  await adoptLanguage();
}

/** Makes an account that speaks this page's language and lives in this device's zone, and signs it in. */
export async function signUp(account: Credentials & { name: string; language: Language }): Promise<void> {
  const { language, ...registration } = account;
  await answerOf(api.POST("/api/v1/auth/register", { body: registration }));
  await beginSession(account);
  const made = await changeAccount({ zone: browserZone, language });
  // The shell has asked for the account meanwhile, and may hear of it as it was before.
  await queryClient.cancelQueries(accountQuery);
  queryClient.setQueryData(accountQuery.queryKey, made);
}

export async function logOut(): Promise<void> {
  await answerOf(api.POST("/api/v1/auth/logout"));
  keepSession(null);
  queryClient.clear();
}

async function changeAccount(changes: AccountChanges): Promise<Account> {
  return (await answerOf(api.PATCH("/api/v1/me", { body: changes }))).data;
}

/** Changes name, zone or language; what is left out stays. */
export function useChangeAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: changeAccount,
    onSuccess: (account) => client.setQueryData(accountQuery.queryKey, account),
  });
}

/** Changes the name that listeners see. */
export function useRenameCreator() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => answerOf(api.PATCH("/api/v1/me/creator", { body: { name } })),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Makes the account a creator's, for good; the session goes on under the new role. */
export function useBecomeCreator() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) =>
      (await answerOf(api.POST("/api/v1/me/creator", { body: { name } }))).data,
    onSuccess: async ({ access_token }) => {
      keepSession(access_token);
      await client.invalidateQueries({ queryKey: accountQuery.queryKey });
    },
  });
}
