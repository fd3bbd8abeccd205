// The entry of the portal: styles, the cache of what the hub has answered, the pages.
import '@fontsource-variable/geist-mono/wght.css'
import '@fontsource-variable/inter/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './data/queries.ts'
import { Gate } from './shell/gate.tsx'
import { Mishap } from './shell/mishap.tsx'
import { ToastProvider } from './ui/toast.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no place for the portal.')
createRoot(root).render(
  <StrictMode>
    <Mishap>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <Gate />
        </ToastProvider>
      </QueryClientProvider>
    </Mishap>
  </StrictMode>,
)
