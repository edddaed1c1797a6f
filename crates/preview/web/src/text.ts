// Text widgets: the server sends elements that it knows to be harmless; others are not made.

import { append } from "./dom";
import type { Block } from "./types";

const ELEMENTS = new Set(
  ("a b blockquote br center code div em h1 h2 h3 h4 h5 h6 hr i li mark ol p pre s small span strong sub sup table " +
    "td th tr u ul").split(" "),
);

/** The nodes of blocks. */
export function nodes(blocks: Block[]): Node[] {
  return blocks.map((block) => {
    if (!block.e || !ELEMENTS.has(block.e)) {
      const text = document.createDocumentFragment();
      append(text as unknown as Element, block.t ?? "", ...nodes(block.c ?? []));
      return text;
    }
    const element = document.createElement(block.e);
    if (block.h && element instanceof HTMLAnchorElement) {
      element.href = block.h;
      element.rel = "noopener noreferrer";
      element.target = "_blank";
    }
    for (const [name, value] of block.s ?? []) element.style.setProperty(name, value);
    append(element, ...nodes(block.c ?? []));
    return element;
  });
}
