import { useEffect, useRef, useState } from 'preact/hooks';

/** What draws a chart of a given width, in pixels. */
export type Draw = (width: number) => Element;

/**
 * A chart as wide as its place.
 *
 * @param label what the chart shows and its last values, for those who do not see it
 */
export function Chart({ label, draw, caption }: { label: string; draw: Draw; caption: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0) return;
    const drawn = draw(width);
    // The label says it all.
    drawn.setAttribute('aria-hidden', 'true');
    place.current!.replaceChildren(drawn);
  }, [width, draw]);
  return (
    <figure>
      <div ref={place} role="img" aria-label={label} class="chart" />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
