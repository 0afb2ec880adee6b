import { expect, it } from "vitest";
import { makeAccount, signIn } from "./accounts";
import { sharedBrowser, visit } from "./browser";

const browser = sharedBrowser();

it("a visitor signs up, is greeted in the browser's language, and is still there after a reload", async () => {
  const context = await browser.newContext({ locale: "fr-FR", timezoneId: "Asia/Kolkata" });
  const page = await context.newPage();
  await visit(page, "/signup");
  await page.getByLabel("Nom").fill("Zoé Laurent");
  const email = `zoe.${Date.now()}@journeys.veza.local`;
  await page.getByLabel("Adresse e-mail").fill(email);
  await page.getByLabel("Mot de passe", { exact: true }).fill("quatre mots de passe");
  await page.getByRole("button", { name: "S’inscrire" }).click();
  await page.waitForURL("**/listen");

  await page.getByRole("link", { name: "Vous", exact: true }).click();
  await page.getByText(email).waitFor();
  expect(await page.getByLabel("Fuseau horaire").inputValue()).toBe("Asia/Kolkata");
  await page.reload();
  await page.getByText(email).waitFor();

  await page.getByRole("button", { name: "Se déconnecter" }).click();
  await page.getByRole("link", { name: "Connexion" }).waitFor();
  await visit(page, "/you");
  expect(new URL(page.url()).pathname).toBe("/login");
});

it("a wrong password is said, and the right one leads back to the page that asked", async () => {
  const account = await makeAccount("user");
  const page = await (await browser.newContext()).newPage();
  await visit(page, "/you");
  expect(new URL(page.url()).search).toBe("?next=%2Fyou");

  await page.getByLabel("E-mail").fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill("not this one");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("don’t match an account").waitFor();

  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/you");
  await page.getByText(account.email).waitFor();
});

it("a form says what is missing, and takes the reader there", async () => {
  const page = await (await browser.newContext()).newPage();
  await visit(page, "/signup");
  await page.getByLabel("Name").fill("Ada");
  await page.keyboard.press("Enter");
  await page.getByText("Enter an e-mail such as").waitFor();
  const focused = await page.evaluate(() => document.activeElement?.getAttribute("name"));
  expect(focused).toBe("email");
});

it("the session outlives its access token, in two tabs that are reloaded at once", async () => {
  const account = await makeAccount("user");
  const context = await browser.newContext();
  await signIn(context, account);
  const [first, second] = [await context.newPage(), await context.newPage()];
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([first.goto("/you"), second.goto("/you")]);
    await Promise.all([first.getByText(account.email).waitFor(), second.getByText(account.email).waitFor()]);
  }

  // As after 15 minutes: the API refuses the token once, and the page renews it by its cookie.
  let refused = 0;
  await first.route("**/api/v1/me", async (route) => {
    refused += 1;
    if (refused > 1) return route.continue();
    return route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      body: JSON.stringify({
        type: "about:blank",
        title: "Unauthorized",
        status: 401,
        code: "unauthenticated",
        detail: "expired",
      }),
    });
  });
  await first.getByLabel("Name", { exact: true }).fill("Ada the Second");
  await first.getByRole("region", { name: "Account" }).getByRole("button", { name: "Save" }).click();
  await first.getByText("Saved.").waitFor();
  expect(refused).toBe(2);
});

it("a language is chosen, and kept with the account", async () => {
  const account = await makeAccount("user");
  const page = await browser.openAs(account, "/you");
  await page.getByLabel("Language").selectOption("fr");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Vous" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("fr");

  const other = await browser.openAs(account, "/you");
  await other.getByRole("heading", { name: "Vous" }).waitFor();
});

it("a theme is chosen, and painted from the first frame on", async () => {
  const context = await browser.newContext({ colorScheme: "light" });
  await signIn(context, await makeAccount("user"));
  const page = await context.newPage();
  await visit(page, "/you");
  await page.getByText("Dark", { exact: true }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect.poll(ground).toBe("rgb(13, 15, 18)");
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
});

it("keys lead around, and can be turned off", async () => {
  const page = await browser.openAs(await makeAccount("creator"), "/you");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("Go to Tracks").waitFor();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.waitForURL("**/tracks");

  await page.keyboard.press("?");
  await help.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  expect(await help.count()).toBe(0);
});
