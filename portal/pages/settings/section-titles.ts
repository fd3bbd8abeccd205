// What the sections of the settings are called, by the last part of their address.
export const sectionTitles: Readonly<Record<string, string>> = {
  general: 'General',
  storage: 'Storage',
  users: 'Users',
  keys: 'API keys',
  security: 'Security',
  access: 'MQTT access',
  limits: 'Limits',
  audit: 'Audit log',
  appearance: 'Appearance',
  about: 'About',
}
