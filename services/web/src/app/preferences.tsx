import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import { useTheme } from '../design/theme.js';
import { useReader } from '../strings/language.js';

const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;

export function Preferences() {
  const { strings, language, switchLanguage } = useReader();
  const { theme, nextTheme, switchTheme } = useTheme();
  const { themes } = strings.preferences;
  const label = strings.preferences.theme(themes[theme], themes[nextTheme]);
  const other = language === 'en' ? 'de' : 'en';
  return (
    <div className="preferences">
      <Button look="quiet" iconOnly aria-label={label} title={label} onClick={switchTheme}>
        <Icon name={icons[theme]} />
      </Button>
      <Button
        look="quiet"
        iconOnly
        lang={other}
        aria-label={`${other.toUpperCase()}: ${strings.preferences.switchLanguage}`}
        title={strings.preferences.switchLanguage}
        onClick={switchLanguage}
      >
        {other.toUpperCase()}
      </Button>
    </div>
  );
}
