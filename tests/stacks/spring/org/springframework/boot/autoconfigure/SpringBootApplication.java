package org.springframework.boot.autoconfigure;

/** As much of Spring Boot, which Debian lacks, as the compiler has to see. */
public @interface SpringBootApplication {}
