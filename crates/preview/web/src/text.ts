// HTML of text widgets and cells. The server sanitised it; the page parses nothing else as markup.

import { el } from "./dom";
import { host } from "./leave";

interface Policy {
  createHTML(html: string): string;
}

const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
const policy: Policy = types?.createPolicy("piq", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

/** The nodes of sanitised HTML. A picture from elsewhere is not loaded: its text is shown. */
export function nodes(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  for (const picture of template.content.querySelectorAll("img:not([src])")) {
    picture.replaceWith(el("em", {}, `picture: ${picture.getAttribute("alt") ?? ""}`));
  }
  for (const link of template.content.querySelectorAll("a[href]")) {
    link.setAttribute("title", host(link.getAttribute("href") ?? ""));
  }
  return template.content;
}
