// What page translators do to a page, for tests: every text, now and later, goes into elements of their own. Runs in the page.

export type Rewriting = 'moves' | 'replaces';

/** `moves`: each text node into two <font>; `replaces`: the two hold a new text node, and the page's own is gone. */
export const rewriteTexts = (how: Rewriting): void => {
  const isTheirs = (text: Text): boolean => text.parentElement?.closest('font, script, style, textarea, svg') != null;
  const rewrite = (root: Node): void => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts: Text[] = root instanceof Text ? [root] : [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (isTheirs(text) || text.data.trim() === '' || !text.isConnected) continue;
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      outer.append(inner);
      text.replaceWith(outer);
      inner.append(how === 'moves' ? text : document.createTextNode(text.data));
    }
  };
  rewrite(document.body);
  const observer = new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) rewrite(node);
    // What it has just done itself.
    observer.takeRecords();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
};
