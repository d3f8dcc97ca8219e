import './button.css';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger' | 'hull';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  look?: Look;
  wide?: boolean;
  /** While true, the button keeps the focus and its label, and a press has no effect. */
  busy?: boolean;
  /** A press has no effect, but keyboard users and screen readers can reach the button. */
  unavailable?: boolean;
  /** The button shows only an icon or two letters, so `aria-label` must name it. */
  iconOnly?: boolean;
}

export function Button(props: ButtonProps) {
  const { look = 'secondary', wide, busy, unavailable, iconOnly, children, onClick, className, ...rest } = props;
  const off = busy === true || unavailable === true;
  return (
    <button
      type="button"
      {...rest}
      className={classes(look, { wide, iconOnly }, className)}
      aria-disabled={off ? true : undefined}
      aria-busy={busy === true ? true : undefined}
      onClick={(event) => {
        // The attribute `disabled` would remove the focus. So the button stays enabled, but does not submit its form.
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <span className="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

interface ButtonLinkProps {
  to: LinkProps['to'];
  params?: LinkProps['params'];
  search?: LinkProps['search'];
  look?: Look;
  wide?: boolean;
  children: ReactNode;
}

export function ButtonLink({ look = 'secondary', wide, children, ...link }: ButtonLinkProps) {
  return (
    <Link {...(link as LinkProps)} className={classes(look, { wide })}>
      {children}
    </Link>
  );
}

function classes(
  look: Look,
  { wide, iconOnly }: { wide?: boolean | undefined; iconOnly?: boolean | undefined },
  more?: string,
) {
  return ['button', `button--${look}`, wide && 'button--wide', iconOnly && 'button--icon', more]
    .filter(Boolean)
    .join(' ');
}
