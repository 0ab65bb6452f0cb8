/** Version of this system, as programs name it. */
export const VERSION = '0.1.0';
