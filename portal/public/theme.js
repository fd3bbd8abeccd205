// Sets the chosen theme before the first paint; without a choice the system's is taken by the style sheet.
{
  const chosen = localStorage.getItem('ackstone.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
}
