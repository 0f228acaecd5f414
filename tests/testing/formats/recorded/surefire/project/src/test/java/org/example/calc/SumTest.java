package org.example.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SumTest {
    static int runs = 0;

    static class Thing {}

    static Thing[] things() {
        return new Thing[] {new Thing()};
    }

    @Test
    void adds() {
        assertEquals(5, Sum.add(2, 3));
    }

    @Test
    void isWrong() {
        System.out.println("printed before");
        assertEquals(5, Sum.add(2, 2), "the sum");
    }

    @Test
    void throwsInTheProduct() {
        Sum.length(null);
    }

    @Test
    @Disabled("not here")
    void disabled() {}

    @Test
    @DisplayName("a name for people")
    void named() {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void cases(int n) {
        assertEquals(1, n);
    }

    @ParameterizedTest
    @MethodSource("things")
    void identity(Thing thing) {}

    @Test
    void flaky() {
        runs++;
        assertEquals(2, runs);
    }

    @Nested
    class Inner {
        @Test
        void nested() {}
    }
}
