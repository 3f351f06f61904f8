import { useState } from 'preact/hooks';

const key = 'plinth.theme';

/** Switches between the light and the dark scheme. The system's choice holds until then. */
export function ThemeButton() {
  const [theme, setTheme] = useState(applied);
  const isDark = theme === 'dark';
  const toggle = () => {
    const next = isDark ? 'light' : 'dark';
    localStorage.setItem(key, next);
    document.documentElement.dataset['theme'] = next;
    setTheme(next);
  };
  return (
    <button type="button" aria-pressed={isDark} onClick={toggle}>
      Dark
    </button>
  );
}

function applied(): string {
  const chosen = localStorage.getItem(key);
  if (chosen !== null) document.documentElement.dataset['theme'] = chosen;
  return chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}
