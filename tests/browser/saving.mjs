// What a viewer takes along: data, pictures, an address, a filter that stays, and links that ask first.

import { readFileSync } from "node:fs";
import { input, ready, widgets, withPage } from "./browser.mjs";

const given = await input();
const said = {};
const byName = async (page) => Object.fromEntries((await widgets(page)).map((w) => [w.name, w]));

async function after(page, act) {
  await page.evaluate(() => {
    document.getElementById("page").dataset.ready = "waiting";
  });
  await act();
  await ready(page);
}

/** Saves what the menu of a widget offers under this name. */
async function saved(page, widget, item) {
  const card = page.locator(`[data-widget="${widget}"]`);
  await card.hover();
  if (!(await card.locator("details.save[open]").count())) await card.locator("details.save > summary").click();
  const download = page.waitForEvent("download");
  await card.locator(".menu button", { hasText: item }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

await withPage(given, async (page, complaints, outside) => {
  await page.goto(given.url);
  await ready(page);
  const text = async (widget, item) => {
    const { name, bytes } = await saved(page, widget, item);
    return { name, text: bytes.toString("utf8").slice(0, 400) };
  };
  said.bars = await text("bars", "CSV");
  said.rows = await text("rows", "CSV");
  said.total = await text("total", "CSV");
  said.svg = await text("bars", "SVG");
  const png = await saved(page, "bars", "PNG");
  said.png = { name: png.name, magic: png.bytes.subarray(1, 4).toString("latin1"), size: png.bytes.length };
  said.menus = await page.$$eval("[data-widget]", (all) => all.filter((w) => w.querySelector("details.save")).map((w) => w.dataset.widget));

  // a link that holds data names its host first
  const opened = [];
  page.context().on("page", (p) => opened.push(p.url()));
  const link = page.locator('[data-widget="links"] tbody a').first();
  said.hint = await link.getAttribute("title");
  await link.click();
  said.leave = (await page.textContent("dialog.leave")).replace(/\s+/g, " ");
  await page.click("dialog.leave button");
  await page.locator("dialog.leave").waitFor({ state: "detached" });
  said.dialogs = await page.locator("dialog.leave").count();
  said.opened = [...opened];
  said.markup = await page.$eval('[data-widget="links"] tbody td:nth-child(3)', (cell) => cell.innerHTML);
  said.fixed = await page.$eval('[data-widget="links"] tbody td:nth-child(2) a', (a) => a.title);

  // what is selected stands in the address
  await page.click('[data-widget="regions"] summary');
  await page.check('[data-widget="regions"] input[type="checkbox"] >> nth=0');
  await after(page, () => page.click('[data-widget="regions"] button.apply'));
  const address = page.url();
  said.selected = (await byName(page)).total.raw;
  const open = async (url) => {
    const other = await page.context().newPage();
    await other.goto(url);
    await ready(other);
    const found = (await byName(other)).total.raw;
    await other.close();
    return found;
  };
  said.sent = await open(address);
  said.plain = await open(given.url);
  said.nonsense = await open(`${given.url}#dashboard=sales&chosen=%5B1`);
  // and stays, if somebody wants
  const keep = page.locator('[data-widget="regions"] button.keep');
  await keep.click();
  await page.locator('[data-widget="regions"] button.keep[aria-pressed="true"]').waitFor();
  said.kept = await open(given.url);
  await keep.click();
  await page.locator('[data-widget="regions"] button.keep[aria-pressed="false"]').waitFor();
  said.forgotten = await open(given.url);
  said.complaints = complaints;
  said.outside = outside.filter((url) => !url.startsWith("blob:"));
});
process.stdout.write(JSON.stringify(said));
