import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A part of the page with a heading. */
export function Panel({
  title,
  size,
  children,
}: {
  title: string;
  size?: 'wide' | 'full';
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} class={`panel ${size ?? ''}`}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
