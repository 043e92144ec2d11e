// A researcher's Markdown. HTML in it stays text; links open in a new tab; pictures only over https or from this server.
import { Typography, VisuallyHidden } from '@mantine/core';
import Markdown, { defaultUrlTransform } from 'react-markdown';
import { useTexts } from '../i18n/i18n.tsx';

const isAllowedPicture = (address: string): boolean => {
  try {
    const url = new URL(address, window.location.href);
    return url.protocol === 'https:' || url.origin === window.location.origin;
  } catch {
    return false;
  }
};

export const MarkdownText = ({ text }: { text: string }) => {
  const texts = useTexts();
  return (
    <Typography className="markdown">
      <Markdown
        skipHtml={false}
        urlTransform={defaultUrlTransform}
        components={{
          // The page's own title is the first heading.
          h1: ({ children }) => <h2>{children}</h2>,
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noopener noreferrer nofollow">
              {children}
              <VisuallyHidden> {texts.common.opensInNewTab}</VisuallyHidden>
            </a>
          ),
          img: ({ src, alt }) =>
            typeof src === 'string' && isAllowedPicture(src) ? (
              <img src={src} alt={alt ?? ''} loading="lazy" referrerPolicy="no-referrer" />
            ) : (
              <em>{alt}</em>
            ),
        }}
      >
        {text}
      </Markdown>
    </Typography>
  );
};
