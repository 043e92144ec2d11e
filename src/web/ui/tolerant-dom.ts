// Strangers change the page under React: translators put every text into elements of their own, extensions wrap what they like.
// React then removes a node from where it no longer is, or inserts before it, and the browser throws: a crash page in mid-debate
// (react/react#26048 and its many sisters). Here such a call does what was meant, as far as that can be found out.

/** What stands in this parent for the node now: the stranger's element around it. Undefined when nothing does. */
const standInOf = (parent: Node, node: Node): Node | undefined => {
  for (let around: Node | null = node; around !== null; around = around.parentNode)
    if (around.parentNode === parent) return around;
  return undefined;
};

/** To be called once, before anything is rendered. */
export const tolerateStrangers = (): void => {
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function <Child extends Node>(this: Node, child: Child): Child {
    const found = standInOf(this, child);
    if (found !== undefined) removeChild.call(this, found);
    return child;
  };
  Node.prototype.insertBefore = function <Child extends Node>(this: Node, node: Child, before: Node | null): Child {
    const found = before === null ? null : (standInOf(this, before) ?? null);
    insertBefore.call(this, node, found);
    return node;
  };
};
