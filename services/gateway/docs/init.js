/* global SwaggerUIBundle, document, window */

// A file of its own, because the content security policy lets nothing inline run. The session cookie goes along: it is the same origin.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    domNode: document.getElementById('swagger-ui'),
    deepLinking: true,
    tryItOutEnabled: true,
    // The cookie is HttpOnly: signing in by POST /v1/session sets it, and the dialogue could not.
    requestInterceptor: (request) => ({ ...request, credentials: 'same-origin' }),
  });
});
