//! What is kept: settings and the development secret.
