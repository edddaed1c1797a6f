// Visits every page of every dashboard, or of the one that `dashboard` names, and tells what became of each widget.
// With `filter` and `value` it selects that value first; with `pictures` it takes a screenshot of each page.

import { mkdirSync } from "node:fs";
import { input, ready, widgets, withPage } from "./browser.mjs";

/** Selects a value of a select, single or multiple. */
async function select(page, { dashboard, filter, value }) {
  await page.evaluate((id) => {
    document.getElementById("page").dataset.ready = "false";
    location.hash = new URLSearchParams({ dashboard: id }).toString();
  }, dashboard);
  await ready(page);
  const widget = page.locator(`#filters [aria-label="${filter}"]`).first();
  const multiple = (await widget.locator("details.multi").count()) > 0;
  if (multiple) {
    await widget.locator("details.multi > summary").click();
    await widget.locator("label").filter({ has: page.getByText(value, { exact: true }) }).locator("input").check();
  }
  await page.evaluate(() => {
    document.getElementById("page").dataset.ready = "waiting";
  });
  if (multiple) await widget.locator("button.apply").click();
  else await widget.locator("select").selectOption({ label: value });
  await ready(page);
}

const given = await input();
const found = [];
let said;
await withPage(given, async (page, complaints, outside) => {
  await page.goto(given.url);
  await ready(page);
  if (given.filter) await select(page, given);
  const state = await page.evaluate(() => fetch("api/state").then((r) => r.json()));
  for (const dashboard of state.dashboards.filter((d) => !given.dashboard || d.id === given.dashboard)) {
    const pages = dashboard.pages.filter((p) => !p.global);
    for (const one of pages.length ? pages : dashboard.pages) {
      const hash = new URLSearchParams({ dashboard: dashboard.id, page: one.name });
      await page.evaluate((hash) => {
        document.getElementById("page").dataset.ready = "false";
        location.hash = hash;
      }, hash.toString());
      await ready(page);
      for (const widget of await widgets(page)) found.push({ dashboard: dashboard.id, page: one.name, ...widget });
      if (given.pictures) {
        mkdirSync(given.pictures, { recursive: true });
        const name = `${dashboard.id}-${one.name}`.replace(/[^\w-]+/g, "_").slice(0, 120);
        const tall = await page.evaluate(() => document.documentElement.scrollHeight);
        const { width } = page.viewportSize();
        const clip = { x: 0, y: 0, width, height: Math.min(tall, given.tallest ?? 1900) };
        await page.screenshot({ path: `${given.pictures}/${name}.png`, fullPage: true, clip });
      }
    }
  }
  said = { widgets: found, complaints: [...new Set(complaints)], outside };
});
process.stdout.write(JSON.stringify(said));
