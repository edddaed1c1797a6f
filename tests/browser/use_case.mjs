// Follows a row to the page about its use case: one click on a link of the table `table` on the page `page`. Tells the
// text of the link, where it led, and what the widgets of that page say.

import { input, ready, widgets, withPage } from "./browser.mjs";

const given = await input();
let said;
await withPage(given, async (page, complaints) => {
  await page.goto(given.url);
  await ready(page);
  await page.evaluate((hash) => {
    document.getElementById("page").dataset.ready = "false";
    location.hash = hash;
  }, new URLSearchParams({ dashboard: given.dashboard, page: given.page }).toString());
  await ready(page);
  const link = page.locator(`[data-widget="${given.table}"] td a`).nth(given.row ?? 0);
  const text = await link.textContent();
  await page.evaluate(() => {
    document.getElementById("page").dataset.ready = "waiting";
  });
  await link.click();
  await ready(page);
  const hash = Object.fromEntries(new URLSearchParams((await page.evaluate(() => location.hash)).slice(1)));
  const shown = await page.$$eval("[data-widget]", (all) =>
    Object.fromEntries(all.map((w) => [w.dataset.widget, w.querySelector(".body").innerText])),
  );
  said = { link: text, hash, shown, widgets: await widgets(page), complaints };
});
process.stdout.write(JSON.stringify(said));
