package org.springframework.boot;

/** As much of Spring Boot, which Debian lacks, as the compiler has to see. */
public final class SpringApplication {
    private SpringApplication() {}

    public static Object run(Class<?> application, String... arguments) {
        throw new UnsupportedOperationException();
    }
}
