// A researcher's Markdown. HTML in it stays text; links open in a new tab; pictures only over https, from this server, or pasted
// into the text itself, as the page's policy has it. Nothing is built anew while the text stays the same: people speak meanwhile.
import { Typography, VisuallyHidden } from '@mantine/core';
import { memo } from 'react';
import Markdown, { type Components, defaultUrlTransform, type UrlTransform } from 'react-markdown';
import remarkCjkFriendly from 'remark-cjk-friendly';
import { useTexts } from '../i18n/i18n.tsx';

const isAllowedPicture = (address: string): boolean => {
  try {
    const url = new URL(address, window.location.href);
    if (url.protocol === 'data:') return url.pathname.startsWith('image/');
    return url.protocol === 'https:' || url.origin === window.location.origin;
  } catch {
    return false;
  }
};

/** A picture may hold itself; a link may not lead into a page of its own making. */
const urlTransform: UrlTransform = (address, attribute) =>
  attribute === 'src' && isAllowedPicture(address) ? address : defaultUrlTransform(address);

const NewTabHint = () => {
  const texts = useTexts();
  return <VisuallyHidden>{` ${texts.common.opensInNewTab}`}</VisuallyHidden>;
};

/** One set for the life of the page: another function is another component to React, whose elements are all made anew. */
const components: Components = {
  // The page's own title is the first heading.
  h1: ({ children }) => <h2>{children}</h2>,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      <NewTabHint />
    </a>
  ),
  img: ({ src, alt }) =>
    typeof src === 'string' && isAllowedPicture(src) ? (
      <img src={src} alt={alt ?? ''} loading="lazy" referrerPolicy="no-referrer" />
    ) : (
      <em>{alt}</em>
    ),
};

/** `**강조(強調)**는`: by the letter of CommonMark no emphasis ends before a particle. */
const plugins = [remarkCjkFriendly];

export const MarkdownText = memo(({ text }: { text: string }) => (
  <Typography className="markdown">
    <Markdown skipHtml={false} urlTransform={urlTransform} components={components} remarkPlugins={plugins}>
      {text}
    </Markdown>
  </Typography>
));
